# Written by samc from template.yaml; the next build writes it anew.

# BV (AWS::Backup::BackupVault), template.yaml:23
resource "aws_backup_vault" "bv" {
  name = "vault"
}
