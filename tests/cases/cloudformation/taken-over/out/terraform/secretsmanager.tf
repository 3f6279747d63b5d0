# Written by samc from template.yaml; the next build writes it anew.

# Key (AWS::SecretsManager::Secret), template.yaml:48
resource "aws_secretsmanager_secret" "key" {
  name = "Key-T5R4E3W2"
}
