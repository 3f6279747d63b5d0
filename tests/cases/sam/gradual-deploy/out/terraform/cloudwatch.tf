# Errors (AWS::CloudWatch::Alarm), template.yaml:35
resource "aws_cloudcontrolapi_resource" "errors" {
  type_name = "AWS::CloudWatch::Alarm"

  desired_state = jsonencode({
    Namespace          = "AWS/Lambda"
    MetricName         = "Errors"
    Statistic          = "Sum"
    Period             = 60
    EvaluationPeriods  = 1
    Threshold          = 1
    ComparisonOperator = "GreaterThanOrEqualToThreshold"
    Dimensions = [
      {
        Name  = "FunctionName"
        Value = aws_lambda_function.checkout.function_name
      },
    ]
  })
}
