# Written by samc from template.yaml; the next build writes it anew.

output "table_name" {
  value = aws_dynamodb_table.table.name
}
