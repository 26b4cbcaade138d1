"""Who has a password that an administrator set chooses another at the next sign-in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_identities")]

    operations = [
        migrations.AddField("user", "password_given", models.BooleanField(default=False)),
    ]
