# Written by samc from template.yaml; the next build writes it anew.

# L (AWS::Logs::LogGroup), template.yaml:3
resource "aws_cloudwatch_log_group" "l" {
  name = "${var.stack_name}-L"
}

# M (AWS::Logs::MetricFilter), template.yaml:4
resource "aws_cloudwatch_log_metric_filter" "m" {
  name           = "${var.stack_name}-M"
  log_group_name = aws_cloudwatch_log_group.l.name
  pattern        = "ERROR"

  metric_transformation {
    name          = "errors"
    namespace     = "app"
    value         = "1"
    default_value = 0
  }
}
