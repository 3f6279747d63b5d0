# Written by samc from template.yaml; the next build writes it anew.

# DD (AWS::DocDB::DBCluster), template.yaml:30
resource "aws_docdb_cluster" "dd" {
  cluster_identifier  = lower("${var.stack_name}-DD")
  master_username     = "a"
  master_password     = "abcdefgh1"
  apply_immediately   = true
  skip_final_snapshot = true
}

# DDI (AWS::DocDB::DBInstance), template.yaml:31
resource "aws_docdb_cluster_instance" "ddi" {
  identifier         = lower("${var.stack_name}-DDI")
  cluster_identifier = aws_docdb_cluster.dd.id
  instance_class     = "db.t3.medium"
  apply_immediately  = true
}
