# Written by samc from template.yaml; the next build writes it anew.

output "worker" {
  value = aws_cloudcontrolapi_resource.worker_version.id
}
