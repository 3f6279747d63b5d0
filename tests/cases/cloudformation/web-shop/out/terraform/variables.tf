# Written by samc from template.yaml; the next build writes it anew.

variable "stack_name" {
  description = "What the names of resources begin with"
  type        = string
  default     = "template"
  nullable    = false
}

variable "network" {
  type     = string
  nullable = false
}

variable "subnets" {
  type     = list(string)
  nullable = false
}

variable "port" {
  type     = number
  default  = 8080
  nullable = false
}
