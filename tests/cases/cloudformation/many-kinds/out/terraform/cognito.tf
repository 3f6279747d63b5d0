# Written by samc from template.yaml; the next build writes it anew.

# U (AWS::Cognito::UserPool), template.yaml:14
resource "aws_cognito_user_pool" "u" {
  name = "${var.stack_name}-U"
}

# UG (AWS::Cognito::UserPoolGroup), template.yaml:15
resource "aws_cognito_user_group" "ug" {
  name         = "g"
  user_pool_id = aws_cognito_user_pool.u.id
}

# UI (AWS::Cognito::UserPoolIdentityProvider), template.yaml:16
resource "aws_cognito_identity_provider" "ui" {
  user_pool_id  = aws_cognito_user_pool.u.id
  provider_name = "Google"
  provider_type = "Google"

  provider_details = {
    client_id        = "a"
    client_secret    = "b"
    authorize_scopes = "email"
  }
}
