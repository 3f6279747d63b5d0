# Written by samc from template.yaml; the next build writes it anew.

# DB (AWS::S3Express::DirectoryBucket), template.yaml:33
resource "aws_s3_directory_bucket" "db" {
  bucket          = "${lower("${var.stack_name}-DB")}--use1-az5--x-s3"
  data_redundancy = "SingleAvailabilityZone"

  location {
    name = "use1-az5"
  }
}
