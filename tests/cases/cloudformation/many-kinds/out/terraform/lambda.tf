# Written by samc from template.yaml; the next build writes it anew.

# ESM (AWS::Lambda::EventSourceMapping), template.yaml:37
resource "aws_lambda_event_source_mapping" "esm" {
  function_name = "f"
  topics        = ["t"]

  source_access_configuration {
    type = "BASIC_AUTH"
    uri  = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"
  }

  self_managed_event_source {
    endpoints = {
      KAFKA_BOOTSTRAP_SERVERS = "a:9092,b:9092"
    }
  }
}

# ESM2 (AWS::Lambda::EventSourceMapping), template.yaml:38
resource "aws_lambda_event_source_mapping" "esm2" {
  function_name     = "f"
  event_source_arn  = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
  starting_position = "AT_TIMESTAMP"

  destination_config {
    on_failure {
      destination_arn = "arn:aws:sqs:us-east-1:123456789012:q"
    }
  }

  starting_position_timestamp = "2023-11-14T22:13:20Z"
}
