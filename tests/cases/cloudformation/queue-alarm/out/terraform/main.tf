# Jobs (AWS::SQS::Queue), template.json:5
resource "aws_sqs_queue" "jobs" {
  name                       = "${var.stack_name}-Jobs"
  visibility_timeout_seconds = 120
  kms_master_key_id          = "alias/aws/sqs"
}

# Late (AWS::CloudWatch::Alarm), template.json:9
resource "aws_cloudcontrolapi_resource" "late" {
  type_name = "AWS::CloudWatch::Alarm"

  desired_state = jsonencode({
    AlarmDescription = "Jobs wait “too” long\nsince a while"
    Namespace        = "AWS/SQS"
    MetricName       = "ApproximateAgeOfOldestMessage"
    Dimensions = [
      {
        Name  = "QueueName"
        Value = aws_sqs_queue.jobs.name
      },
    ]
    Statistic          = "Maximum"
    Period             = 300
    EvaluationPeriods  = 3
    Threshold          = 3600.5
    ComparisonOperator = "GreaterThanThreshold"
    ActionsEnabled     = false
  })
}
