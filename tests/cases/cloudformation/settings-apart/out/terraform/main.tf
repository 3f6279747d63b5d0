# Written by samc from template.yaml; the next build writes it anew.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

# Api (AWS::ApiGateway::RestApi), template.yaml:4
resource "aws_api_gateway_rest_api" "api" {
  name = "reports"

  body = jsonencode({
    openapi = "3.0.1"
    info = {
      title   = "reports"
      version = "1"
    }
    paths = {
      "/" = {
        get = {
          responses = {}
          "x-amazon-apigateway-integration" = {
            type       = "http_proxy"
            httpMethod = "GET"
            uri        = "https://example.com/"
          }
        }
      }
      "/years/{year}" = {
        get = {
          responses = {}
          "x-amazon-apigateway-integration" = {
            type       = "http_proxy"
            httpMethod = "GET"
            uri        = "https://example.com/y"
          }
        }
      }
    }
  })
}

# Deployment (AWS::ApiGateway::Deployment), template.yaml:14
resource "aws_api_gateway_deployment" "deployment" {
  rest_api_id = aws_api_gateway_rest_api.api.id

  triggers = {
    body = sha1(aws_api_gateway_rest_api.api.body)
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Live (AWS::ApiGateway::Stage), template.yaml:17
resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  deployment_id = aws_api_gateway_deployment.deployment.id
  stage_name    = "live"
}

resource "aws_api_gateway_method_settings" "live" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "~1/GET"

  settings {
    throttling_rate_limit  = 5
    throttling_burst_limit = 10
  }
}

resource "aws_api_gateway_method_settings" "live_2" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "years/{year}/GET"

  settings {
    metrics_enabled = true
  }
}

resource "aws_api_gateway_method_settings" "live_3" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"

  settings {
    logging_level = "ERROR"
  }
}

# Kept (AWS::S3::Bucket), template.yaml:27
resource "aws_s3_bucket" "kept" {
  bucket_prefix       = "${lower(var.stack_name)}-kept-"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "kept" {
  bucket = aws_s3_bucket.kept.id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 30
    }
  }
}

resource "aws_s3_bucket_versioning" "kept" {
  bucket = aws_s3_bucket.kept.id

  versioning_configuration {
    status = "Enabled"
  }
}

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

# Token (AWS::SecretsManager::Secret), template.yaml:42
resource "aws_secretsmanager_secret" "token" {
  name = "reports/token"
}

# Renewal (AWS::SecretsManager::RotationSchedule), template.yaml:45
resource "aws_secretsmanager_secret_rotation" "renewal" {
  secret_id           = aws_secretsmanager_secret.token.arn
  rotation_lambda_arn = "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:function:renew"

  rotation_rules {
    schedule_expression = "rate(30 days)"
    duration            = "2h"
  }

  rotate_immediately = false
}

# Readers (AWS::Cognito::UserPool), template.yaml:52
resource "aws_cognito_user_pool" "readers" {
  name              = "${var.stack_name}-Readers"
  mfa_configuration = "ON"

  software_token_mfa_configuration {
    enabled = true
  }
}

# Callers (AWS::Cognito::UserPool), template.yaml:56
# by Cloud Control: the provider has no place for `EnabledMfas`
resource "aws_cloudcontrolapi_resource" "callers" {
  type_name = "AWS::Cognito::UserPool"

  desired_state = jsonencode({
    MfaConfiguration = "ON"
    EnabledMfas      = ["SOFTWARE_TOKEN_MFA"]
    SmsConfiguration = {
      SnsCallerArn = "arn:aws:iam::111122223333:role/messages"
      ExternalId   = "reports"
    }
  })
}
