# Written by samc from template.yaml; the next build writes it anew.

# Jobs (AWS::SQS::Queue), template.yaml:7
resource "aws_sqs_queue" "jobs" {
  count = local.is_prod ? 1 : 0
  name  = "shop-Jobs-A1B2C3D4"
}

# Tests (AWS::SQS::Queue), template.yaml:10
resource "aws_sqs_queue" "tests" {
  count = local.is_test ? 1 : 0
  name  = "shop-Tests-A1B2C3D4"
}

# Named (AWS::SQS::Queue), template.yaml:13
resource "aws_sqs_queue" "named" {
  name = "${var.stack_name}-named"
}
