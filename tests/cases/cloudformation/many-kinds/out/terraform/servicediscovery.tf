# Written by samc from template.yaml; the next build writes it anew.

# NS (AWS::ServiceDiscovery::PrivateDnsNamespace), template.yaml:19
resource "aws_service_discovery_private_dns_namespace" "ns" {
  name = "a.local"
  vpc  = "vpc-1"
}
