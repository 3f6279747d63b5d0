# Written by samc from template.yaml; the next build writes it anew.

data "aws_s3_object" "search_graphql" {
  bucket = "archive-files"
  key    = "search.graphql"
}

# Store (AWS::S3::Bucket), template.yaml:3
resource "aws_s3_bucket" "store" {
  bucket_prefix = "${lower(var.stack_name)}-store-"
}

# Delivery (AWS::KinesisFirehose::DeliveryStream), template.yaml:5
resource "aws_kinesis_firehose_delivery_stream" "delivery" {
  name        = "${var.stack_name}-Delivery"
  destination = "extended_s3"

  extended_s3_configuration {
    bucket_arn         = aws_s3_bucket.store.arn
    role_arn           = "arn:aws:iam::123456789012:role/delivery"
    buffering_interval = 60
    buffering_size     = 1
    compression_format = "GZIP"
  }
}

# Scanners (AWS::IoT::TopicRule), template.yaml:16
resource "aws_iot_topic_rule" "scanners" {
  name    = replace("${var.stack_name}-Scanners", "-", "_")
  sql     = "SELECT * FROM 'scanners/+/page'"
  enabled = true

  firehose {
    delivery_stream_name = aws_kinesis_firehose_delivery_stream.delivery.name
    role_arn             = "arn:aws:iam::123456789012:role/scanners"
  }

  sql_version = "2015-10-08"
}

# Sender (AWS::SES::EmailIdentity), template.yaml:26
resource "aws_sesv2_email_identity" "sender" {
  email_identity = "archive.example.org"
}

resource "aws_sesv2_email_identity_mail_from_attributes" "sender" {
  email_identity   = aws_sesv2_email_identity.sender.email_identity
  mail_from_domain = "mail.archive.example.org"
}

# Filing (AWS::StepFunctions::StateMachine), template.yaml:32
resource "aws_sfn_state_machine" "filing" {
  name     = "${var.stack_name}-Filing"
  role_arn = "arn:aws:iam::123456789012:role/filing"

  definition = jsonencode({
    StartAt = "Done"
    States = {
      Done = {
        Type = "Succeed"
      }
    }
  })

  publish = true
}

# FilingLive (AWS::StepFunctions::StateMachineAlias), template.yaml:45
resource "aws_sfn_alias" "filing_live" {
  name = "live"

  routing_configuration {
    state_machine_version_arn = aws_sfn_state_machine.filing.state_machine_version_arn
    weight                    = 100
  }
}

# Search (AWS::AppSync::GraphQLApi), template.yaml:52
resource "aws_appsync_graphql_api" "search" {
  name                = "search"
  authentication_type = "API_KEY"
  schema              = data.aws_s3_object.search_graphql.body
}

# Index (AWS::DynamoDB::Table), template.yaml:62
resource "aws_dynamodb_table" "index" {
  name         = "${var.stack_name}-Index"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "Id"

  attribute {
    name = "Id"
    type = "S"
  }
}

resource "aws_dynamodb_kinesis_streaming_destination" "index" {
  table_name = aws_dynamodb_table.index.name
  stream_arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/changes"
}

# Tenant (AWS::Lambda::Function), template.yaml:72
# by Cloud Control: the provider has no place for `TenancyConfig`
resource "aws_cloudcontrolapi_resource" "tenant" {
  type_name = "AWS::Lambda::Function"

  desired_state = jsonencode({
    Runtime = "nodejs22.x"
    Handler = "index.handler"
    Role    = "arn:aws:iam::123456789012:role/tenant"
    TenancyConfig = {
      TenantIsolationMode = "PER_TENANT"
    }
    Code = {
      ZipFile = "exports.handler = async () => 1;"
    }
  })
}
