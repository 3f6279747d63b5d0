# Written by samc from template.yaml; the next build writes it anew.

# X (AWS::SecretsManager::Secret), template.yaml:12
resource "aws_secretsmanager_secret" "x" {
  name = "${var.stack_name}-X"
}

resource "aws_secretsmanager_secret_version" "x" {
  secret_id     = aws_secretsmanager_secret.x.id
  secret_string = "abc"
}

# XP (AWS::SecretsManager::ResourcePolicy), template.yaml:13
resource "aws_secretsmanager_secret_policy" "xp" {
  secret_arn = aws_secretsmanager_secret_version.x.arn

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = []
  })
}
