# Written by samc from template.yaml; the next build writes it anew.

# Readers (AWS::Cognito::UserPool), template.yaml:52
resource "aws_cognito_user_pool" "readers" {
  name              = "${var.stack_name}-Readers"
  mfa_configuration = "ON"

  password_policy {
    require_numbers = true
    minimum_length  = 8
  }

  software_token_mfa_configuration {
    enabled = true
  }
}

# Callers (AWS::Cognito::UserPool), template.yaml:59
# by Cloud Control: the provider has no place for `EnabledMfas`
resource "aws_cloudcontrolapi_resource" "callers" {
  type_name = "AWS::Cognito::UserPool"

  desired_state = jsonencode({
    MfaConfiguration = "ON"
    EnabledMfas      = ["SOFTWARE_TOKEN_MFA"]
    SmsConfiguration = {
      SnsCallerArn = "arn:aws:iam::111122223333:role/messages"
      ExternalId   = "reports"
    }
  })
}
