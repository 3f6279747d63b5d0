# Written by samc from template.yaml; the next build writes it anew.

# I (AWS::WAFv2::IPSet), template.yaml:11
resource "aws_wafv2_ip_set" "i" {
  name               = "${var.stack_name}-I"
  scope              = "REGIONAL"
  ip_address_version = "IPV4"
  addresses          = ["10.0.0.0/8"]
}
