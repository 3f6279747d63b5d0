# Written by samc from template.yaml; the next build writes it anew.

# DI (AWS::EC2::Instance), template.yaml:25
resource "aws_instance" "di" {
  ami                    = "ami-1"
  instance_type          = "t3.micro"
  vpc_security_group_ids = ["sg-1"]
  user_data_base64       = base64encode("echo")
}
