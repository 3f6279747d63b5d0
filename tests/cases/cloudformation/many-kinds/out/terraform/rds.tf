# Written by samc from template.yaml; the next build writes it anew.

# PX (AWS::RDS::DBProxy), template.yaml:20
resource "aws_db_proxy" "px" {
  name           = "p"
  engine_family  = "POSTGRESQL"
  role_arn       = "arn:aws:iam::123456789012:role/a"
  vpc_subnet_ids = ["subnet-1", "subnet-2"]

  auth {
    auth_scheme = "SECRETS"
    secret_arn  = aws_secretsmanager_secret_version.x.arn
    iam_auth    = "DISABLED"
  }
}

# PG (AWS::RDS::DBClusterParameterGroup), template.yaml:21
resource "aws_rds_cluster_parameter_group" "pg" {
  name        = lower("${var.stack_name}-PG")
  description = "d"
  family      = "aurora-mysql8.0"
}
