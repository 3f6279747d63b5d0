# Written by samc from template.json; the next build writes it anew.

# Jobs (AWS::SQS::Queue), template.json:5
resource "aws_sqs_queue" "jobs" {
  name                       = "${var.stack_name}-Jobs"
  visibility_timeout_seconds = 120
  kms_master_key_id          = "alias/aws/sqs"
}

# Late (AWS::CloudWatch::Alarm), template.json:9
resource "aws_cloudwatch_metric_alarm" "late" {
  alarm_name        = "${var.stack_name}-Late"
  alarm_description = "Jobs wait “too” long\nsince a while"
  namespace         = "AWS/SQS"
  metric_name       = "ApproximateAgeOfOldestMessage"

  dimensions = {
    QueueName = aws_sqs_queue.jobs.name
  }

  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 3
  threshold           = 3600.5
  comparison_operator = "GreaterThanThreshold"
  actions_enabled     = false
}
