# Written by samc from template.yaml; the next build writes it anew.

# CA (AWS::CloudWatch::CompositeAlarm), template.yaml:17
resource "aws_cloudwatch_composite_alarm" "ca" {
  alarm_name = "${var.stack_name}-CA"
  alarm_rule = "ALARM(a)"
}

# AL (AWS::CloudWatch::Alarm), template.yaml:27
resource "aws_cloudwatch_metric_alarm" "al" {
  alarm_name          = "${var.stack_name}-AL"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 1

  metric_query {
    id          = "m1"
    expression  = "m2*2"
    return_data = true
  }

  metric_query {
    id          = "m2"
    return_data = false

    metric {
      period      = 60
      stat        = "Sum"
      metric_name = "x"
      namespace   = "y"

      dimensions = {
        a = "b"
      }
    }
  }
}
