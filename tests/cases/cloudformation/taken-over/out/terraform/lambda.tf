# Written by samc from template.yaml; the next build writes it anew.

# Work (AWS::Lambda::Function), template.yaml:36
resource "aws_lambda_function" "work" {
  function_name = "shop-Work-K9J8H7G6"
  s3_bucket     = "code"
  s3_key        = "work.zip"
  handler       = "index.handler"
  runtime       = "python3.13"
  role          = aws_iam_role.role.arn
  depends_on    = [aws_iam_role_policy.role_queue]
}

# Live (AWS::Lambda::Alias), template.yaml:39
resource "aws_lambda_alias" "live" {
  function_name    = aws_lambda_function.work.function_name
  function_version = "3"
  name             = "live"
}

# MayCall (AWS::Lambda::Permission), template.yaml:42
resource "aws_lambda_permission" "may_call" {
  statement_id  = "shop-MayCall-P0O9I8U7"
  function_name = aws_lambda_alias.live.function_name
  qualifier     = aws_lambda_alias.live.name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
}
