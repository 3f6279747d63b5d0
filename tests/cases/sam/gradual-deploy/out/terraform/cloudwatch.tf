# Written by samc from template.yaml; the next build writes it anew.

# Errors (AWS::CloudWatch::Alarm), template.yaml:35
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.stack_name}-Errors"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"

  dimensions = {
    FunctionName = aws_lambda_function.checkout.function_name
  }
}
