# Written by samc from template.yaml; the next build writes it anew.

# Check (AWS::Lambda::Function), template.yaml:61
resource "aws_lambda_function" "check" {
  function_name = "${var.stack_name}-Check"
  filename      = "${path.module}/check/"
  handler       = "check.handler"
  runtime       = "python3.13"

  tags = {
    "lambda:createdBy" = "SAM"
  }

  role       = aws_iam_role.check_role.arn
  depends_on = [aws_iam_role_policy_attachment.check_role_aws_lambda_basic_execution_role]
}
