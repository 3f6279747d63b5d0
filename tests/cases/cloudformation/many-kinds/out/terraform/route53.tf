# Written by samc from template.yaml; the next build writes it anew.

# H (AWS::Route53::HealthCheck), template.yaml:2
resource "aws_route53_health_check" "h" {
  type              = "HTTPS"
  fqdn              = "a.example.org"
  port              = 443
  resource_path     = "/x"
  request_interval  = 30
  failure_threshold = 3

  tags = {
    a = "b"
  }
}
