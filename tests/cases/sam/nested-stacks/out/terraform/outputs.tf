# Written by samc from template.yaml; the next build writes it anew.

output "orders_table" {
  value = module.orders.table_name
}

output "billing_topic" {
  value = module.billing.topic_arn
}
