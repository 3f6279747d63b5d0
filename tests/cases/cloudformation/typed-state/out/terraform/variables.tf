# Written by samc from template.yaml; the next build writes it anew.

variable "stack_name" {
  description = "What the names of resources begin with"
  type        = string
  default     = "template"
  nullable    = false
}

variable "seconds" {
  type     = number
  default  = 30
  nullable = false

  validation {
    condition     = var.seconds >= 1
    error_message = "The value must be at least 1."
  }

  validation {
    condition     = var.seconds <= 900
    error_message = "The value must be at most 900."
  }
}

variable "memory" {
  type     = string
  default  = "512"
  nullable = false

  validation {
    condition     = contains(["512", "1024"], var.memory)
    error_message = "The value must be one of: 512, 1024."
  }
}

variable "live" {
  type     = string
  default  = "no"
  nullable = false

  validation {
    condition     = contains(["yes", "no"], var.live)
    error_message = "The value must be one of: yes, no."
  }
}
