# Written by samc from template.yaml; the next build writes it anew.

# Table (AWS::DynamoDB::Table), orders.yaml:9
resource "aws_dynamodb_table" "table" {
  name         = "${var.stack_name}-Table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

# Intake (AWS::Lambda::Function), orders.yaml:11
resource "aws_lambda_function" "intake" {
  function_name = "${var.stack_name}-Intake"
  filename      = "${path.module}/../../artifacts/src-a35982d7009e.zip"
  handler       = "intake.handler"
  runtime       = "python3.13"

  environment {
    variables = {
      STAGE = var.stage
    }
  }

  tags = {
    "lambda:createdBy" = "SAM"
  }

  role       = aws_iam_role.intake_role.arn
  depends_on = [aws_iam_role_policy_attachment.intake_role_aws_lambda_basic_execution_role]
}

# IntakeRole (AWS::IAM::Role), orders.yaml:11
resource "aws_iam_role" "intake_role" {
  name = "${var.stack_name}-IntakeRole"

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

resource "aws_iam_role_policy_attachment" "intake_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.intake_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}
