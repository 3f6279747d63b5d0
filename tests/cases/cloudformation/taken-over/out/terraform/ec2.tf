# Written by samc from template.yaml; the next build writes it anew.

# Web (AWS::EC2::SecurityGroup), template.yaml:50
resource "aws_security_group" "web" {
  name        = "${var.stack_name}-Web"
  description = "web"

  lifecycle {
    ignore_changes = [name]
  }
}

resource "aws_vpc_security_group_ingress_rule" "web_ingress" {
  security_group_id = aws_security_group.web.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "web_egress" {
  security_group_id = aws_security_group.web.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
