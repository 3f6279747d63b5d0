# Written by samc from template.yaml; the next build writes it anew.

# Nightly (AWS::Events::Rule), template.yaml:80
resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "${var.stack_name}-Nightly"
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule      = aws_cloudwatch_event_rule.nightly.name
  target_id = "worker"
  arn       = jsondecode(aws_cloudcontrolapi_resource.worker.properties)["Arn"]

  retry_policy {
    maximum_retry_attempts       = 3
    maximum_event_age_in_seconds = 86400
  }
}
