# Written by samc from template.yaml; the next build writes it anew.

# Letters (AWS::SQS::Queue), template.yaml:7
resource "aws_sqs_queue" "letters" {
  name              = "letters-${var.office}"
  kms_master_key_id = var.key_arn
}

# Parcels (AWS::SQS::Queue), template.yaml:12
resource "aws_sqs_queue" "parcels" {
  name = "parcels-${var.office}"
}
