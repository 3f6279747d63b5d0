# Written by samc from template.yaml; the next build writes it anew.

output "url" {
  value = "https://${aws_apigatewayv2_api.api.id}.execute-api.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}/"
}
