"""The sample company: a Chinese distributor of industrial supplies, written as ordinary import files."""

from tierwise.demo.company.files import CompanyFiles
from tierwise.demo.company.write import write_company

__all__ = ["CompanyFiles", "write_company"]
