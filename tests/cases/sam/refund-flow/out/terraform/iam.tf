# Written by samc from template.yaml; the next build writes it anew.

# RefundRole (AWS::IAM::Role), template.yaml:4
resource "aws_iam_role" "refund_role" {
  name = "${var.stack_name}-RefundRole"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = ["sts:AssumeRole"]
        Effect = "Allow"
        Principal = {
          Service = ["states.amazonaws.com"]
        }
      },
    ]
  })

  tags = {
    "stateMachine:createdBy" = "SAM"
    team                     = "payments"
  }
}

resource "aws_iam_role_policy" "refund_role_policy0" {
  name = "RefundRolePolicy0"
  role = aws_iam_role.refund_role.name

  policy = jsonencode({
    Statement = [
      {
        Action   = ["lambda:InvokeFunction"]
        Effect   = "Allow"
        Resource = "${aws_lambda_function.check.arn}*"
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "refund_role_cloud_watch_logs_full_access" {
  role       = aws_iam_role.refund_role.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"
}

resource "aws_iam_role_policy_attachment" "refund_role_aws_xray_write_only_access" {
  role       = aws_iam_role.refund_role.name
  policy_arn = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
}

# RefundAskRole (AWS::IAM::Role), template.yaml:44
resource "aws_iam_role" "refund_ask_role" {
  name = "${var.stack_name}-RefundAskRole"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = ["sts:AssumeRole"]
        Effect = "Allow"
        Principal = {
          Service = ["apigateway.amazonaws.com"]
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "refund_ask_role_start_execution_policy" {
  name = "RefundAskRoleStartExecutionPolicy"
  role = aws_iam_role.refund_ask_role.name

  policy = jsonencode({
    Statement = [
      {
        Action   = "states:StartExecution"
        Effect   = "Allow"
        Resource = aws_sfn_state_machine.refund.arn
      },
    ]
  })
}

# RefundMonthlyRole (AWS::IAM::Role), template.yaml:49
resource "aws_iam_role" "refund_monthly_role" {
  name = "${var.stack_name}-RefundMonthlyRole"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = ["sts:AssumeRole"]
        Effect = "Allow"
        Principal = {
          Service = ["events.amazonaws.com"]
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "refund_monthly_role_start_execution_policy" {
  name = "RefundMonthlyRoleStartExecutionPolicy"
  role = aws_iam_role.refund_monthly_role.name

  policy = jsonencode({
    Statement = [
      {
        Action   = "states:StartExecution"
        Effect   = "Allow"
        Resource = aws_sfn_state_machine.refund.arn
      },
    ]
  })
}

# RefundDisputedRole (AWS::IAM::Role), template.yaml:53
resource "aws_iam_role" "refund_disputed_role" {
  name = "${var.stack_name}-RefundDisputedRole"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = ["sts:AssumeRole"]
        Effect = "Allow"
        Principal = {
          Service = ["events.amazonaws.com"]
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "refund_disputed_role_start_execution_policy" {
  name = "RefundDisputedRoleStartExecutionPolicy"
  role = aws_iam_role.refund_disputed_role.name

  policy = jsonencode({
    Statement = [
      {
        Action   = "states:StartExecution"
        Effect   = "Allow"
        Resource = aws_sfn_state_machine.refund.arn
      },
    ]
  })
}

# CheckRole (AWS::IAM::Role), template.yaml:61
resource "aws_iam_role" "check_role" {
  name = "${var.stack_name}-CheckRole"

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

resource "aws_iam_role_policy_attachment" "check_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.check_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}
