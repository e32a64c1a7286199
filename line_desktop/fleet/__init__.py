"""More than one machine or GPU: the same engines, many times over, behind the same interfaces."""
