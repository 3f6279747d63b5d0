# Written by samc from template.yaml; the next build writes it anew.

# Worker (AWS::Lambda::Function), template.yaml:69
# by Cloud Control: the provider wants `logging_config.log_format`, which is not said
resource "aws_cloudcontrolapi_resource" "worker" {
  type_name = "AWS::Lambda::Function"

  desired_state = jsonencode({
    Runtime = "python3.13"
    Handler = "a.b"
    Role    = "arn:aws:iam::111122223333:role/worker"
    Code = {
      S3Bucket = "code-of-reports"
      S3Key    = "worker.zip"
    }
    LoggingConfig = {
      LogGroup = "/reports/worker"
    }
  })
}

# WorkerVersion (AWS::Lambda::Version), template.yaml:77
# by Cloud Control: it is part of `Worker`, which is not native
resource "aws_cloudcontrolapi_resource" "worker_version" {
  type_name = "AWS::Lambda::Version"

  desired_state = jsonencode({
    FunctionName = aws_cloudcontrolapi_resource.worker.id
    CodeSha256   = "bC6fzm5RX9CzDSXCfWJrrKUi7LeXSP3KSFJ6VcYfA1k="
  })
}

# NightlyPermission (AWS::Lambda::Permission), template.yaml:85
resource "aws_lambda_permission" "nightly_permission" {
  statement_id  = "NightlyPermission"
  function_name = aws_cloudcontrolapi_resource.worker.id
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.nightly.arn
}
