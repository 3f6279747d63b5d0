# Written by samc from template.yaml; the next build writes it anew.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

# Api (AWS::ApiGatewayV2::Api), template.yaml:7
resource "aws_apigatewayv2_api" "api" {
  name          = var.stack_name
  protocol_type = "HTTP"

  body = jsonencode({
    openapi = "3.0.1"
    info = {
      version     = "1.0"
      title       = var.stack_name
      description = "Uploads of the shop"
    }
    paths = {
      "/uploads" = {
        get = {
          "x-amazon-apigateway-integration" = {
            type                 = "aws_proxy"
            httpMethod           = "POST"
            payloadFormatVersion = "2.0"
            uri                  = aws_lambda_function.list.invoke_arn
          }
          responses = {}
        }
      }
    }
    "x-amazon-apigateway-cors" = {
      allowOrigins = ["https://shop.example.com"]
      allowMethods = ["GET", "PUT"]
      allowHeaders = ["content-type"]
      maxAge       = 600
    }
    tags = [
      {
        name                            = "team"
        "x-amazon-apigateway-tag-value" = "shop"
      },
      {
        name                            = "httpapi:createdBy"
        "x-amazon-apigateway-tag-value" = "SAM"
      },
    ]
  })

  version     = "1.0"
  description = "Uploads of the shop"

  cors_configuration {
    allow_origins = ["https://shop.example.com"]
    allow_methods = ["GET", "PUT"]
    allow_headers = ["content-type"]
    max_age       = 600
  }

  tags = {
    team                = "shop"
    "httpapi:createdBy" = "SAM"
  }
}

# ApiApiGatewayDefaultStage (AWS::ApiGatewayV2::Stage), template.yaml:7
resource "aws_apigatewayv2_stage" "api_api_gateway_default_stage" {
  api_id = aws_apigatewayv2_api.api.id
  name   = "$default"

  tags = {
    team                = "shop"
    "httpapi:createdBy" = "SAM"
  }

  auto_deploy = true
}

# List (AWS::Lambda::Function), template.yaml:17
resource "aws_lambda_function" "list" {
  function_name = "${var.stack_name}-List"
  filename      = "${path.module}/artifacts/list-f7780b6d.zip"
  handler       = "index.handler"
  runtime       = "python3.13"

  tags = {
    "lambda:createdBy" = "SAM"
  }

  role       = aws_iam_role.list_role.arn
  depends_on = [aws_iam_role_policy_attachment.list_role_aws_lambda_basic_execution_role]
}

# ListRole (AWS::IAM::Role), template.yaml:17
resource "aws_iam_role" "list_role" {
  name = "${var.stack_name}-ListRole"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = ["sts:AssumeRole"]
        Effect = "Allow"
        Principal = {
          Service = ["lambda.amazonaws.com"]
        }
      },
    ]
  })

  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role_policy_attachment" "list_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.list_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

# ListUploadsPermission (AWS::Lambda::Permission), template.yaml:26
resource "aws_lambda_permission" "list_uploads_permission" {
  statement_id  = "ListUploadsPermission"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.list.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/*/GET/uploads"
}

# Uploads (AWS::S3::Bucket), template.yaml:29
resource "aws_s3_bucket" "uploads" {
  bucket_prefix = "${lower(var.stack_name)}-uploads-"
}

resource "aws_s3_bucket_public_access_block" "uploads" {
  bucket                  = aws_s3_bucket.uploads.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  queue {
    queue_arn = aws_sqs_queue.arrived.arn
    events    = ["s3:ObjectCreated:*"]
  }

  lambda_function {
    lambda_function_arn = aws_lambda_function.list.arn
    events              = ["s3:ObjectRemoved:*"]
  }

  depends_on = [
    aws_sqs_queue_policy.arrived_policy,
    aws_lambda_permission.removed_permission,
  ]
}

# UploadsPolicy (AWS::S3::BucketPolicy), template.yaml:38
resource "aws_s3_bucket_policy" "uploads_policy" {
  bucket = aws_s3_bucket.uploads.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.uploads.arn, "${aws_s3_bucket.uploads.arn}/*"]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.uploads]
}

# Arrived (AWS::SQS::Queue), template.yaml:50
resource "aws_sqs_queue" "arrived" {
  name = "${var.stack_name}-Arrived"
}

# ArrivedPolicy (AWS::SQS::QueuePolicy), template.yaml:52
resource "aws_sqs_queue_policy" "arrived_policy" {
  queue_url = aws_sqs_queue.arrived.url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "s3.amazonaws.com"
        }
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.arrived.arn
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = data.aws_caller_identity.current.account_id
          }
        }
      },
    ]
  })
}

# RemovedPermission (AWS::Lambda::Permission), template.yaml:64
resource "aws_lambda_permission" "removed_permission" {
  statement_id   = "RemovedPermission"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.list.function_name
  principal      = "s3.amazonaws.com"
  source_account = data.aws_caller_identity.current.account_id
}
