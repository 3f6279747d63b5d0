# Written by samc from template.yaml; the next build writes it anew.

# Role (AWS::IAM::Role), template.yaml:10
resource "aws_iam_role" "role" {
  name = "${var.stack_name}-Role"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
}

# Digest (AWS::Lambda::Function), template.yaml:16
# by Cloud Control: the provider refuses `nodejs24.x` as `Runtime`
resource "aws_cloudcontrolapi_resource" "digest" {
  type_name = "AWS::Lambda::Function"

  desired_state = jsonencode({ for k, v in {
    Runtime = "nodejs24.x"
    Handler = "index.handler"
    Role    = aws_iam_role.role.arn
    Code = {
      S3Bucket = "code-of-digest"
      S3Key    = "digest.zip"
    }
    Timeout                      = var.seconds
    MemorySize                   = tonumber(var.memory)
    ReservedConcurrentExecutions = local.is_live ? 20 : null
    EphemeralStorage = {
      Size = local.is_live ? 2048 : 512
    }
    Environment = {
      Variables = {
        SECONDS = tostring(var.seconds)
        PAGE    = "50"
        IS_DRY  = "true"
      }
    }
  } : k => v if v != null })
}

# Key (AWS::ApiGateway::ApiKey), template.yaml:29
# by Cloud Control: the provider has no place for `StageKeys`
resource "aws_cloudcontrolapi_resource" "key" {
  type_name = "AWS::ApiGateway::ApiKey"

  desired_state = jsonencode({
    Enabled = true
    StageKeys = [
      {
        RestApiId = "a1b2c3"
        StageName = "7"
      },
    ]
  })
}

# Unusual (AWS::CloudWatch::AnomalyDetector), template.yaml:34
# in a stack of its own: no resource of the provider is known for this type
resource "aws_cloudformation_stack" "unusual" {
  name = "${var.stack_name}-Unusual"

  template_body = jsonencode({
    Resources = {
      Unusual = {
        Type = "AWS::CloudWatch::AnomalyDetector"
        Properties = {
          Namespace  = "Digest"
          MetricName = "Sent"
          Stat       = "Sum"
          Configuration = {
            MetricTimeZone     = "UTC"
            ExcludedTimeRanges = []
          }
        }
      }
    }
    Outputs = {
      Ref = {
        Value = {
          Ref = "Unusual"
        }
      }
    }
  })

  capabilities = ["CAPABILITY_NAMED_IAM"]
}

# Bare (AWS::Lambda::Function), template.yaml:42
# by Cloud Control: the provider wants `filename`, which is not said
resource "aws_cloudcontrolapi_resource" "bare" {
  type_name = "AWS::Lambda::Function"

  desired_state = jsonencode({
    Runtime = "python3.13"
    Handler = "a.b"
    Role    = aws_iam_role.role.arn
    Code    = {}
  })
}
