# Written by samc from template.yaml; the next build writes it anew.

# CheckoutRole (AWS::IAM::Role), template.yaml:4
resource "aws_iam_role" "checkout_role" {
  name = "${var.stack_name}-CheckoutRole"

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

resource "aws_iam_role_policy_attachment" "checkout_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.checkout_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

# CodeDeployServiceRole (AWS::IAM::Role), template.yaml:4
resource "aws_iam_role" "code_deploy_service_role" {
  name = "${var.stack_name}-CodeDeployServiceRole"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = ["sts:AssumeRole"]
        Effect = "Allow"
        Principal = {
          Service = ["codedeploy.amazonaws.com"]
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "code_deploy_service_role_aws_code_deploy_role_for_lambda" {
  role       = aws_iam_role.code_deploy_service_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"
}

# SmokeRole (AWS::IAM::Role), template.yaml:26
resource "aws_iam_role" "smoke_role" {
  name = "${var.stack_name}-SmokeRole"

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

resource "aws_iam_role_policy_attachment" "smoke_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.smoke_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}
