# Written by samc from template.yaml; the next build writes it anew.

# Checkout (AWS::Lambda::Function), template.yaml:4
resource "aws_lambda_function" "checkout" {
  function_name = "${var.stack_name}-Checkout"
  s3_bucket     = "releases"
  s3_key        = "checkout/41.zip"
  handler       = "checkout.handler"
  runtime       = "python3.13"

  tags = {
    "lambda:createdBy" = "SAM"
  }

  role       = aws_iam_role.checkout_role.arn
  publish    = true
  depends_on = [aws_iam_role_policy_attachment.checkout_role_aws_lambda_basic_execution_role]
}

# CheckoutAliaslive (AWS::Lambda::Alias), template.yaml:4
resource "aws_lambda_alias" "checkout_aliaslive" {
  name             = "live"
  function_name    = aws_lambda_function.checkout.function_name
  function_version = aws_lambda_function.checkout.version
}

resource "aws_lambda_provisioned_concurrency_config" "checkout_aliaslive" {
  function_name                     = aws_lambda_alias.checkout_aliaslive.function_name
  qualifier                         = aws_lambda_alias.checkout_aliaslive.name
  provisioned_concurrent_executions = 5
}

# CheckoutPayPermission (AWS::Lambda::Permission), template.yaml:21
resource "aws_lambda_permission" "checkout_pay_permission" {
  statement_id  = "CheckoutPayPermission"
  function_name = aws_lambda_alias.checkout_aliaslive.function_name
  qualifier     = aws_lambda_alias.checkout_aliaslive.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.serverless_http_api.execution_arn}/*/POST/pay"
}

# Smoke (AWS::Lambda::Function), template.yaml:26
resource "aws_lambda_function" "smoke" {
  function_name = "CodeDeployHook_smoke"
  s3_bucket     = "releases"
  s3_key        = "smoke/41.zip"
  handler       = "smoke.check"
  runtime       = "python3.13"

  tags = {
    "lambda:createdBy" = "SAM"
  }

  role       = aws_iam_role.smoke_role.arn
  depends_on = [aws_iam_role_policy_attachment.smoke_role_aws_lambda_basic_execution_role]
}
