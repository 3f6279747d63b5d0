# Written by samc from template.yaml; the next build writes it anew.

variable "stack_name" {
  description = "What the names of resources begin with"
  type        = string
  default     = "template"
  nullable    = false
}

variable "mail_host" {
  type     = string
  default  = "mail.example.org"
  nullable = false
}

variable "office" {
  description = "The template names `Office` and does not declare it"
  type        = string
  nullable    = false
}

variable "key_arn" {
  description = "The template names `Key.Arn` and does not declare it"
  type        = string
  nullable    = false
}
