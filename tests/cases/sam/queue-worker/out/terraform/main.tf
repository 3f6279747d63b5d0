# Written by samc from template.yaml; the next build writes it anew.

# Parcels (AWS::SQS::Queue), template.yaml:4
resource "aws_sqs_queue" "parcels" {
  name                       = "${var.stack_name}-Parcels"
  visibility_timeout_seconds = 190

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.lost.arn
    maxReceiveCount     = 3
  })
}

# Lost (AWS::SQS::Queue), template.yaml:11
resource "aws_sqs_queue" "lost" {
  name = "${var.stack_name}-Lost"
}

# Label (AWS::Lambda::Function), template.yaml:13
resource "aws_lambda_function" "label" {
  function_name                  = "${var.stack_name}-Label"
  filename                       = "${path.module}/label/"
  handler                        = "bootstrap"
  runtime                        = "provided.al2023"
  timeout                        = 30
  reserved_concurrent_executions = 20

  tags = {
    "lambda:createdBy" = "SAM"
  }

  architectures = ["arm64"]

  dead_letter_config {
    target_arn = aws_sqs_queue.lost.arn
  }

  role = aws_iam_role.label_role.arn

  depends_on = [
    aws_iam_role_policy.label_role_dead_letter_queue_policy,
    aws_iam_role_policy_attachment.label_role_aws_lambda_basic_execution_role,
    aws_iam_role_policy_attachment.label_role_aws_lambda_sqs_queue_execution_role,
  ]
}

# LabelRole (AWS::IAM::Role), template.yaml:13
resource "aws_iam_role" "label_role" {
  name = "${var.stack_name}-LabelRole"

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

resource "aws_iam_role_policy" "label_role_dead_letter_queue_policy" {
  name = "DeadLetterQueuePolicy"
  role = aws_iam_role.label_role.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action   = "sqs:SendMessage"
        Effect   = "Allow"
        Resource = aws_sqs_queue.lost.arn
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "label_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.label_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy_attachment" "label_role_aws_lambda_sqs_queue_execution_role" {
  role       = aws_iam_role.label_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
}

# LabelParcels (AWS::Lambda::EventSourceMapping), template.yaml:26
resource "aws_lambda_event_source_mapping" "label_parcels" {
  function_name                      = aws_lambda_function.label.function_name
  event_source_arn                   = aws_sqs_queue.parcels.arn
  batch_size                         = 50
  maximum_batching_window_in_seconds = 10
  function_response_types            = ["ReportBatchItemFailures"]

  filter_criteria {
    filter {
      pattern = "{\"body\": {\"weight\": [{\"numeric\": [\">\", 0]}]}}"
    }
  }

  scaling_config {
    maximum_concurrency = 10
  }

  depends_on = [
    aws_iam_role_policy.label_role_dead_letter_queue_policy,
    aws_iam_role_policy_attachment.label_role_aws_lambda_basic_execution_role,
    aws_iam_role_policy_attachment.label_role_aws_lambda_sqs_queue_execution_role,
  ]
}
