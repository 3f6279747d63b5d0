# Written by samc from template.yaml; the next build writes it anew.

# Q (AWS::Athena::NamedQuery), template.yaml:7
resource "aws_athena_named_query" "q" {
  name     = "${var.stack_name}-Q"
  database = "d"
  query    = "SELECT 1"
}
