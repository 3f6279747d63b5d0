# Written by samc from template.yaml; the next build writes it anew.

variable "stack_name" {
  description = "What the names of resources begin with"
  type        = string
  default     = "template"
  nullable    = false
}

variable "greeting" {
  type     = string
  default  = "hello"
  nullable = false
}

variable "pause" {
  type     = number
  default  = 5
  nullable = false
}

variable "machine_role" {
  type     = string
  default  = "arn:aws:iam::111122223333:role/machine"
  nullable = false
}
