# Written by samc from template.yaml; the next build writes it anew.

output "address" {
  value = aws_cloudfront_distribution.front.domain_name
}

output "database" {
  value = aws_rds_cluster.orders.endpoint
}
