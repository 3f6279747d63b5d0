# Written by samc from template.yaml; the next build writes it anew.

# Role (AWS::IAM::Role), template.yaml:29
resource "aws_iam_role" "role" {
  name = "shop-Role-M1N2B3V4"

  assume_role_policy = jsonencode({
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

resource "aws_iam_role_policy" "role_queue" {
  name = "${var.stage}-queue"
  role = aws_iam_role.role.name

  policy = jsonencode({
    Statement = [
      {
        Effect   = "Allow"
        Action   = "sqs:*"
        Resource = "*"
      },
    ]
  })
}
