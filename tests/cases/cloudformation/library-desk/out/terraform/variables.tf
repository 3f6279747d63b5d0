# Written by samc from template.yaml; the next build writes it anew.

variable "stack_name" {
  description = "What the names of resources begin with"
  type        = string
  default     = "template"
  nullable    = false
}

variable "zone" {
  type     = string
  nullable = false
}

variable "is_busy" {
  type     = string
  default  = "no"
  nullable = false

  validation {
    condition     = contains(["yes", "no"], var.is_busy)
    error_message = "The value must be one of: yes, no."
  }
}
