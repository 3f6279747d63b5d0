# Written by samc from template.yaml; the next build writes it anew.

# Token (AWS::SecretsManager::Secret), template.yaml:42
resource "aws_secretsmanager_secret" "token" {
  name = "reports/token"
}

# Renewal (AWS::SecretsManager::RotationSchedule), template.yaml:45
resource "aws_secretsmanager_secret_rotation" "renewal" {
  secret_id           = aws_secretsmanager_secret.token.arn
  rotation_lambda_arn = "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:function:renew"

  rotation_rules {
    schedule_expression = "rate(30 days)"
    duration            = "2h"
  }

  rotate_immediately = false
}
