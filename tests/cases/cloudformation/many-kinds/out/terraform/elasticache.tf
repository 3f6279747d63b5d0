# Written by samc from template.yaml; the next build writes it anew.

# ES (AWS::ElastiCache::SubnetGroup), template.yaml:18
resource "aws_elasticache_subnet_group" "es" {
  name        = lower("${var.stack_name}-ES")
  description = "d"
  subnet_ids  = ["subnet-1"]
}
