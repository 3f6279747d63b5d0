# Written by samc from template.yaml; the next build writes it anew.

# Small (AWS::SQS::Queue), template.yaml:36
resource "aws_sqs_queue" "small" {
  name             = "${var.stack_name}-Small"
  max_message_size = 262144
}

# Large (AWS::SQS::Queue), template.yaml:39
# by Cloud Control: the provider refuses `1048576` as `MaximumMessageSize`
resource "aws_cloudcontrolapi_resource" "large" {
  type_name = "AWS::SQS::Queue"

  desired_state = jsonencode({
    MaximumMessageSize = 1048576
  })
}
